# SPDX-License-Identifier: GPL-2.0-or-later
set(CPACK_GENERATOR RPM)
set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1)
set(CPACK_RPM_PACKAGE_LICENSE "GPL-2.0-or-later AND GPL-2.0-only") # CPack has one for both
set(CPACK_RPM_PACKAGE_GROUP "System Environment/Base")
# Directories that belong to others.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /etc /etc/kernel /etc/kernel/postinst.d /etc/kernel/header_postinst.d /usr/src /usr/sbin /usr/lib/systemd
  /usr/lib/systemd/system /usr/lib/systemd/system-preset /usr/lib/kernel /usr/lib/kernel/install.d
  /usr/share/man /usr/share/man/man5 /usr/share/man/man7 /usr/share/man/man8 /usr/share/zsh /usr/share/zsh/site-functions
  /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/fish
  /usr/share/fish/vendor_completions.d /usr/share/licenses)

set(CPACK_RPM_DRVSWAP_PACKAGE_NAME drvswap)
set(CPACK_RPM_DRVSWAP_PACKAGE_SUMMARY "Swap a kernel module on a running host, or roll back")
set(CPACK_RPM_DRVSWAP_PACKAGE_DESCRIPTION "${description_drvswap}")
set(CPACK_RPM_DRVSWAP_PACKAGE_REQUIRES "kmod")
set(CPACK_RPM_DRVSWAP_PACKAGE_SUGGESTS "drvswap-dkms, ethtool")
set(CPACK_RPM_DRVSWAP_USER_FILELIST
  "%config(noreplace) /etc/kernel/postinst.d/zz-drvswap-persist"
  "%config(noreplace) /etc/kernel/header_postinst.d/zz-drvswap-persist")
foreach(name pre post preun postun)
  script(${CMAKE_CURRENT_SOURCE_DIR}/rpm/${name}.in rpm/${name})
endforeach()
set(CPACK_RPM_DRVSWAP_PRE_INSTALL_SCRIPT_FILE ${scripts}/rpm/pre)
set(CPACK_RPM_DRVSWAP_POST_INSTALL_SCRIPT_FILE ${scripts}/rpm/post)
set(CPACK_RPM_DRVSWAP_PRE_UNINSTALL_SCRIPT_FILE ${scripts}/rpm/preun)
set(CPACK_RPM_DRVSWAP_POST_UNINSTALL_SCRIPT_FILE ${scripts}/rpm/postun)

set(CPACK_RPM_DKMS_PACKAGE_NAME drvswap-dkms)
set(CPACK_RPM_DKMS_PACKAGE_SUMMARY "The vmxnet3 driver of drvswap, built by DKMS")
set(CPACK_RPM_DKMS_PACKAGE_DESCRIPTION "${description_dkms}")
set(CPACK_RPM_DKMS_PACKAGE_ARCHITECTURE noarch)
set(CPACK_RPM_DKMS_PACKAGE_REQUIRES "dkms >= 3.0")
set(CPACK_RPM_DKMS_USER_FILELIST
  "%config(noreplace) /etc/kernel/postinst.d/drvswap-vmxnet3"
  "%config(noreplace) /etc/kernel/header_postinst.d/drvswap-vmxnet3")
script(${CMAKE_CURRENT_SOURCE_DIR}/rpm/dkms-pre.in rpm/dkms-pre)
script(${CMAKE_CURRENT_SOURCE_DIR}/rpm/dkms-post.in rpm/dkms-post)
script(${CMAKE_CURRENT_SOURCE_DIR}/rpm/dkms-preun.in rpm/dkms-preun)
set(CPACK_RPM_DKMS_PRE_INSTALL_SCRIPT_FILE ${scripts}/rpm/dkms-pre)
set(CPACK_RPM_DKMS_POST_INSTALL_SCRIPT_FILE ${scripts}/rpm/dkms-post)
set(CPACK_RPM_DKMS_PRE_UNINSTALL_SCRIPT_FILE ${scripts}/rpm/dkms-preun)

install(PROGRAMS ${CMAKE_CURRENT_SOURCE_DIR}/rpm/kernel-install DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/kernel/install.d
  RENAME 45-drvswap-vmxnet3.install COMPONENT dkms)
# After DKMS (40) and the build (45), before the initramfs (50).
install(PROGRAMS ${CMAKE_CURRENT_SOURCE_DIR}/rpm/kernel-install-persist
  DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/kernel/install.d RENAME 46-drvswap-persist.install COMPONENT drvswap)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/drvswap COMPONENT drvswap)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/drvswap-dkms COMPONENT dkms)
